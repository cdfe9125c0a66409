# The process of manifests/deploy: docker build -t sluice:0.1.0 .
# One file and Node, nothing else: no shell, no package manager, not root, nothing that must be written.

FROM node:24-bookworm-slim AS build
WORKDIR /src
# Dependencies first, so that a change of the sources does not fetch them again.
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM gcr.io/distroless/nodejs24-debian12:nonroot
LABEL org.opencontainers.image.title="sluice" \
      org.opencontainers.image.description="Progressive delivery for Kubernetes at admission" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
# As src/runtime/footprint.ts has them: said here, the process need not start anew to be small.
ENV MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
# Says that the program is an ES module.
COPY --from=build /src/package.json ./
COPY --from=build /src/dist/sluice.js ./
USER 65532:65532
EXPOSE 9876 8080 8081
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=2", "--heap-growing-percent=40", "--v8-pool-size=1", "/app/sluice.js"]
CMD ["serve"]
