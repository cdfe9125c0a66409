// The Gateway API, for its CRDs alone: ../support/gateway-api.ts reads them from Go's module cache. A module of its own, so that
// its version does not change what the cluster's binaries are built from. Nothing imports it, so `go mod tidy` would drop it.
module sluice.dev/test/gateway-api

go 1.26.0

require sigs.k8s.io/gateway-api v1.6.1
