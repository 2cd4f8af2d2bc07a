import { AuthorizationV1Api, CoreV1Api, type KubeConfig, type V1ResourceAttributes } from '@kubernetes/client-node';
import { expect, vi } from 'vitest';

/** Until the authorizer has heard of a role that was just bound: it hears of it a little later than whoever made it. */
export async function untilAllowed(account: KubeConfig, resourceAttributes: V1ResourceAttributes): Promise<void> {
  const authorization = account.makeApiClient(AuthorizationV1Api);
  await vi.waitFor(
    async () => {
      const { status } = await authorization.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
      expect({ resourceAttributes, allowed: status?.allowed }).toEqual({ resourceAttributes, allowed: true });
    },
    { timeout: 120_000, interval: 200 },
  );
}

/** Other files judge what is in the cluster, and nothing can be made in a namespace that is about to go. */
export async function removeNamespace(admin: KubeConfig, name: string): Promise<void> {
  const core = admin.makeApiClient(CoreV1Api);
  const names = async () => (await core.listNamespace()).items.map(({ metadata }) => metadata?.name);
  if ((await names()).includes(name)) await core.deleteNamespace({ name });
  await vi.waitFor(async () => expect(await names()).not.toContain(name), { timeout: 300_000, interval: 500 });
}
