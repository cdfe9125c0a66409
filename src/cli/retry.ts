// A change that is decided from what was read: when the object changed in between, it is read and decided again.

import { isKubeError } from '../kube/errors.ts';

const ATTEMPTS = 5;
/** The answer to a JSON patch whose `test` does not hold. */
const UNPROCESSABLE = 422;

export async function retryOnChange<T>(change: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await change();
    } catch (error) {
      const isChanged = isKubeError(error) && (error.conflict || error.status === UNPROCESSABLE);
      if (!isChanged || attempt === ATTEMPTS) throw error;
    }
  }
}
