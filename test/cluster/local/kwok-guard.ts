// Keeps KWOK from deleting the wrong Pod. A kubelet deletes by uid; KWOK deletes by name, once for each change that it saw of
// a Pod on its way out, so that a later delete may meet the Pod that a StatefulSet has made anew under the same name. The API
// server refuses KWOK every delete of a Pod that nobody else has asked to be deleted.
import { create } from './api.ts';
import type { ApiAccess } from './kubeconfig.ts';

const NAME = 'kwok-guard.local.sluice.dev';
const API = '/apis/admissionregistration.k8s.io/v1';
/** KWOK as a process, and in a kind cluster. */
const USERS = ['kwok', 'system:serviceaccount:kube-system:kwok'];

const pods = { apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['pods'] };
const objects: [path: string, object: object][] = [
  [
    'validatingadmissionpolicies',
    {
      metadata: { name: NAME },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [pods] },
        matchConditions: [{ name: 'by-kwok', expression: `request.userInfo.username in ${JSON.stringify(USERS)}` }],
        validations: [
          {
            expression: 'has(oldObject.metadata.deletionTimestamp)',
            message: 'this Pod came after the one that was to be deleted',
          },
        ],
      },
    },
  ],
  [
    'validatingadmissionpolicybindings',
    { metadata: { name: NAME }, spec: { policyName: NAME, validationActions: ['Deny'] } },
  ],
];

/** Creates what is missing. */
export async function createKwokGuard(access: ApiAccess): Promise<void> {
  for (const [path, object] of objects) await create(access, `${API}/${path}`, object);
}
