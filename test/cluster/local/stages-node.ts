// Templates of a simulated node's status: what it says when it becomes ready, and the heartbeat that keeps it so (its
// Lease, which the controller manager watches, is renewed by KWOK itself).

const CONDITIONS = `
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $since | Quote }}
{{ end }}
`;

const HEAD = '{{ $now := Now }}{{ $since := or .metadata.creationTimestamp $now }}';

/** The first status: addresses, room for any number of Pods, versions. */
export const NODE_READY = `${HEAD}
phase: Running
${CONDITIONS}
addresses:
{{ with NodeIP }}
- {type: InternalIP, address: {{ . | Quote }}}
{{ end }}
- {type: Hostname, address: {{ .metadata.name | Quote }}}
allocatable: {cpu: 1k, memory: 1Ti, pods: 1M}
capacity: {cpu: 1k, memory: 1Ti, pods: 1M}
nodeInfo:
  architecture: amd64
  bootID: ""
  containerRuntimeVersion: {{ printf "kwok-%s" Version | Quote }}
  kernelVersion: {{ printf "kwok-%s" Version | Quote }}
  kubeProxyVersion: {{ printf "kwok-%s" Version | Quote }}
  kubeletVersion: {{ printf "kwok-%s" Version | Quote }}
  machineID: ""
  operatingSystem: linux
  osImage: ""
  systemUUID: ""
`;

/** Later statuses: the conditions with a new heartbeat time. */
export const NODE_HEARTBEAT = `${HEAD}
${CONDITIONS}`;
