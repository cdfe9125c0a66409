// Templates of a simulated Pod's status, one for each thing that can happen to a Pod (stages.ts says when). They follow
// what a kubelet writes, as far as controllers look at it.

/** A container status in the shape of the kubelet's; the imageID follows from the image. */
const running = (restarts: string): string => `
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ printf "sha256:%s" (sha256sum .image) | Quote }}
  containerID: {{ printf "simulated://%s" (sha256sum (print $root.metadata.uid .name .image ${restarts})) | Quote }}
  ready: true
  started: true
  restartCount: ${restarts === '0' ? '0' : `{{ ${restarts} }}`}
  state:
    running:
      startedAt: {{ $now | Quote }}
`;

const conditions = (status: 'True' | 'False'): string => `
- {type: Ready, status: "${status}", lastTransitionTime: {{ $now | Quote }}${reason(status)}}
- {type: ContainersReady, status: "${status}", lastTransitionTime: {{ $now | Quote }}${reason(status)}}
`;

function reason(status: 'True' | 'False'): string {
  return status === 'True' ? ', reason: null, message: null' : ', reason: ContainersNotReady, message: image not found';
}

/** Given once: the API server merges the list by address, and a Pod keeps what it got. */
const ADDRESSES = `
{{ if not .status.podIP }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs: [{{ range . }}{ip: {{ . | Quote }}},{{ end }}]
{{ end }}
{{ with PodIPsWith .spec.nodeName (or .spec.hostNetwork false) (or .metadata.uid "") (or .metadata.name "") (or .metadata.namespace "") }}
podIP: {{ index . 0 | Quote }}
podIPs: [{{ range . }}{ip: {{ . | Quote }}},{{ end }}]
{{ end }}
{{ end }}
`;

const INIT_STATUSES = `
{{ with .spec.initContainers }}
initContainerStatuses:
{{ range . }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ printf "sha256:%s" (sha256sum .image) | Quote }}
  ready: true
  restartCount: 0
  {{ if eq (or .restartPolicy "") "Always" }}
  started: true
  state: {running: {startedAt: {{ $now | Quote }}}}
  {{ else }}
  started: false
  state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
  {{ end }}
{{ end }}
{{ end }}
`;

const HEAD = '{{ $now := Now }}{{ $root := . }}';

/** Running and ready, with addresses and the statuses of init containers. */
export const POD_READY = `${HEAD}
phase: Running
startTime: {{ or .status.startTime $now | Quote }}
conditions:
- {type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}}
${conditions('True')}
{{ range .spec.readinessGates }}
- {type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
{{ end }}
containerStatuses:
{{ range .spec.containers }}${running('0')}{{ end }}
${INIT_STATUSES}
${ADDRESSES}`;

/** The status of a container whose image cannot be had, or which has to wait for another one. */
const waiting = (restarts: string): string => `
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: false
  started: false
  restartCount: ${restarts}
  state:
    waiting:
      {{ if hasSuffix ":failed" .image }}
      reason: ImagePullBackOff
      message: {{ printf "Back-off pulling image %s" .image | Quote }}
      {{ else }}
      reason: ContainerCreating
      {{ end }}
`;

const WAITING = `
containerStatuses:
{{ range .spec.containers }}${waiting('0')}{{ end }}
{{ if not (regexMatch ":failed\\"" (toJson .spec.containers)) }}
initContainerStatuses:
{{ range .spec.initContainers }}${waiting('0')}{{ end }}
{{ end }}
`;

/** Pending, because an image cannot be had. */
export const POD_FAILING = `${HEAD}
startTime: {{ or .status.startTime $now | Quote }}
conditions:
${conditions('False')}
${WAITING}
${ADDRESSES}`;

/** What a change of image in place leads to: changed containers restart or wait, the others stay as they were. */
const inPlace = (ready: 'True' | 'False'): string => `${HEAD}
conditions:
${conditions(ready)}
containerStatuses:
{{ range .spec.containers }}
{{ $name := .name }}{{ $was := dict }}
{{ range $root.status.containerStatuses }}{{ if eq .name $name }}{{ $was = . }}{{ end }}{{ end }}
{{ $restarts := int (or $was.restartCount 0) }}
{{ if and (or $was.ready false) (eq (or $was.image "") .image) }}
- {{ toJson $was }}
{{ else if hasSuffix ":failed" .image }}${waiting('{{ $restarts }}')}
{{ else }}{{ $restarts = add1 $restarts }}${running('$restarts')}{{ end }}
{{ end }}`;

/** After a change of image in place, all images at hand. */
export const POD_IN_PLACE = inPlace('True');

/** After a change of image in place to one that cannot be had: no longer ready. */
export const POD_IN_PLACE_FAILING = inPlace('False');

/** All containers ended well. */
export const POD_COMPLETE = `${HEAD}
phase: Succeeded
conditions:
- {type: Ready, status: "False", reason: PodCompleted, lastTransitionTime: {{ $now | Quote }}}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ printf "sha256:%s" (sha256sum .image) | Quote }}
  ready: false
  started: false
  restartCount: 0
  state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
{{ end }}`;
