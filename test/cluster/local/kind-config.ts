// The objects behind a kind cluster: kind's own configuration, and KWOK running inside the cluster with the same stages
// as in a plain-process cluster, so that Pods behave alike whatever made the cluster.
import { stringify } from 'yaml';
import { SIMULATED } from './nodes.ts';
import { kwokConfig } from './stages.ts';

const AUDIT_DIR = '/var/log/sluice-audit';
const POLICY = '/etc/kubernetes/sluice-audit-policy.yaml';
const NODE_IMAGE = 'kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5';
const KWOK_IMAGE = 'registry.k8s.io/kwok/kwok:v0.8.0';

/** The control plane's node keeps its taint, which kind removes when there is only one node. */
const CONTROL_PLANE_TAINT = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };

const volume = (name: string, path: string, readOnly: boolean, pathType: string): object => ({
  name,
  hostPath: path,
  mountPath: path,
  readOnly,
  pathType,
});

/** kind's configuration; the audit log and its policy are files of this machine. */
export function kindConfig(files: { auditDir: string; policy: string }, port?: number): string {
  const apiServer = {
    extraArgs: [
      { name: 'audit-log-path', value: `${AUDIT_DIR}/audit.log` },
      { name: 'audit-policy-file', value: POLICY },
    ],
    extraVolumes: [
      volume('sluice-audit', AUDIT_DIR, false, 'DirectoryOrCreate'),
      volume('sluice-audit-policy', POLICY, true, 'File'),
    ],
  };
  const kubeadm = { kind: 'ClusterConfiguration', apiVersion: 'kubeadm.k8s.io/v1beta4', apiServer };
  return stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    networking: { apiServerAddress: '127.0.0.1', ...(port ? { apiServerPort: port } : {}) },
    kubeadmConfigPatches: [stringify(kubeadm)],
    nodes: [
      {
        role: 'control-plane',
        image: NODE_IMAGE,
        extraMounts: [
          { hostPath: files.auditDir, containerPath: AUDIT_DIR },
          { hostPath: files.policy, containerPath: POLICY, readOnly: true },
        ],
      },
    ],
  });
}

/** The patch that taints the control plane's own node again. */
export const TAINT_PATCH = { spec: { taints: [CONTROL_PLANE_TAINT] } };

function kwokPod(): object {
  return {
    serviceAccountName: 'kwok',
    hostNetwork: true,
    tolerations: [{ operator: 'Exists' }],
    nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
    containers: [
      {
        name: 'kwok',
        image: KWOK_IMAGE,
        args: [
          '--config=/etc/kwok/kwok.yaml',
          '--manage-all-nodes=false',
          `--manage-nodes-with-annotation-selector=${SIMULATED}=fake`,
          '--cidr=10.245.0.1/16',
          '--node-ip=127.0.0.1',
          '--node-lease-duration-seconds=40',
        ],
        volumeMounts: [{ name: 'config', mountPath: '/etc/kwok' }],
      },
    ],
    volumes: [{ name: 'config', configMap: { name: 'kwok' } }],
  };
}

/** What is created to run KWOK, by API path. */
export function kwokObjects(): [path: string, object: object][] {
  const metadata = { name: 'kwok', namespace: 'kube-system' };
  const labels = { app: 'kwok' };
  const core = '/api/v1/namespaces/kube-system';
  const binding = {
    metadata: { name: 'kwok' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'kwok', namespace: 'kube-system' }],
  };
  const template = { metadata: { labels }, spec: kwokPod() };
  const deployment = { metadata, spec: { replicas: 1, selector: { matchLabels: labels }, template } };
  return [
    [`${core}/serviceaccounts`, { metadata }],
    [`${core}/configmaps`, { metadata, data: { 'kwok.yaml': kwokConfig() } }],
    ['/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', binding],
    ['/apis/apps/v1/namespaces/kube-system/deployments', deployment],
  ];
}
