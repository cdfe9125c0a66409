// What we use of the official client. Named here, because a bundler drops the rest of a module only when it is imported by
// name: 4.6 MB of generated API classes that nothing calls.

export { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
