import type { ConfigurationOptions } from '@kubernetes/client-node';
import pRetry from 'p-retry';
import type { Config } from '../../config/schema.js';
import { messageOf, SourceError } from '../../model/errors.js';
import { limited } from '../../model/limited.js';
import { codeOf, isRetryable, isTimeout, reasonOf } from './failures.js';
import { inCluster, kubeconfigPaths, readKubeconfigFile } from './kubeconfig.js';
import { type CustomResource, calls, type Library, type Listed, nameOf } from './requests.js';
import { ApiResources, ListPage } from './schema.js';

export interface Page {
  items: unknown[];
  /** Where the next page begins; empty after the last. */
  next: string;
}

/** Why a list could not be had, as far as the collector acts on it. */
export type ListFailure = 'forbidden' | 'not-found' | 'expired';

export class ListError extends Error {
  readonly failure: ListFailure;
  constructor(failure: ListFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** A container's log, and how much of its end is wanted. */
export interface ContainerLog {
  namespace: string;
  pod: string;
  container: string;
  /** That of its life before the last restart. */
  previous: boolean;
  tailLines: number;
  limitBytes: number;
}

export interface KubernetesClient {
  server: string;
  version(): Promise<string>;
  /** @throws ListError for what the collector handles, SourceError for what ends the collection. */
  list(listed: Listed, namespace: string | undefined, from: string): Promise<Page>;
  /** The resource behind a kind, by API discovery; undefined if the server has none or does not tell. */
  resourceOf(apiVersion: string, kind: string): Promise<CustomResource | undefined>;
  /**
   * The end of what a container wrote; undefined where it is not kept any more.
   * @throws ListError where it is forbidden, SourceError for what ends the collection.
   */
  log(of: ContainerLog): Promise<string | undefined>;
}

const RETRIES = 4;
/** Behind each log stands a kubelet; one that is gone must not hold up the others for long. */
const LOG_RETRIES = 1;
const MIN_WAIT_MS = 250;

/** The kubeconfig that the configuration names, or the service account of a pod. @throws SourceError if there is none. */
export async function loadKubeConfig(library: Library, config: Config) {
  const kubeConfig = new library.KubeConfig();
  const paths = kubeconfigPaths(config);
  if (paths.length === 0 && !inCluster())
    throw new SourceError('kubernetes', 'read kubeconfig', 'there is none, and this is no pod of a cluster', {
      hint: 'Set KUBECONFIG to a kubeconfig file.',
    });
  for (const path of paths) readKubeconfigFile(path);
  try {
    const [first, ...others] = paths;
    if (first === undefined) kubeConfig.loadFromCluster();
    else kubeConfig.loadFromFile(first);
    for (const path of others) {
      const other = new library.KubeConfig();
      other.loadFromFile(path);
      kubeConfig.mergeConfig(other, true);
    }
    if (config.kubernetes.context) kubeConfig.setCurrentContext(config.kubernetes.context);
  } catch (error) {
    throw new SourceError('kubernetes', 'read kubeconfig', `${paths.join(', ')}: ${messageOf(error)}`, {
      hint: "Check the file with 'kubectl config view'.",
      cause: error,
    });
  }
  if (!kubeConfig.getCurrentCluster())
    throw new SourceError(
      'kubernetes',
      'read kubeconfig',
      `${paths.join(', ')}: context '${kubeConfig.getCurrentContext()}' names no cluster`,
      { hint: "Set kubernetes.context to one of 'kubectl config get-contexts'." },
    );
  return kubeConfig;
}

/** Metadata only, where the server can (Kubernetes 1.15). */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** What ends a request. The client's own `signal` option is ignored, so a middleware sets it. */
interface Limits {
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

export function withLimits(library: Library, { timeoutMs, signal }: Limits, accept?: string): ConfigurationOptions {
  return {
    middlewareMergeStrategy: 'append',
    middleware: [
      {
        pre: (context) => {
          context.setSignal(limited(timeoutMs, signal));
          if (accept) context.setHeaderParam('Accept', accept);
          return new library.Observable(Promise.resolve(context));
        },
        post: (response) => new library.Observable(Promise.resolve(response)),
      },
    ],
  };
}

function hintOf(error: unknown, server: string): string {
  const code = codeOf(error);
  if (code === 401) return 'The credentials in the kubeconfig are not accepted: log in again, or renew the token.';
  if (code === 403) return 'Apply deploy/rbac.yaml to allow reading.';
  if (typeof code === 'number') return 'Try again later; the API server refuses for now.';
  if (typeof code === 'string' && code.includes('CERT'))
    return 'Check certificate-authority of the cluster in the kubeconfig.';
  return `Check that ${server} can be reached from here and that the kubeconfig's context is the right one.`;
}

function noApiAnswer(operation: string, server: string, cause?: unknown): SourceError {
  const hint = 'Check that the kubeconfig names a Kubernetes API server.';
  return new SourceError('kubernetes', operation, `${server}: the answer is no list of objects`, { hint, cause });
}

function stopped(operation: string, cause: unknown): SourceError {
  const hint = 'Run the same command again to go on.';
  return new SourceError('kubernetes', operation, 'stopped before the answer came', { hint, cause });
}

/** The error that the collector sees for whatever the library threw. */
function translate(error: unknown, operation: string, server: string, timeoutSeconds: number): Error {
  const code = codeOf(error);
  if (code === 403) return new ListError('forbidden', reasonOf(error));
  // 400: a container that has no earlier life, or has not begun.
  if (code === 404 || (code === 400 && operation.startsWith('read the log')))
    return new ListError('not-found', reasonOf(error));
  if (code === 410) return new ListError('expired', reasonOf(error));
  if (error instanceof SourceError) return error;
  // The client library puts answers into its types, and stumbles over what has another form.
  if (error instanceof TypeError && code === undefined) return noApiAnswer(operation, server, error);
  const reason = isTimeout(error) ? `no answer from ${server} in ${timeoutSeconds} s` : `${server}: ${reasonOf(error)}`;
  const hint = hintOf(error, server);
  return new SourceError('kubernetes', operation, reason, { hint, cause: error, retryable: isRetryable(error) });
}

/**
 * The API server behind the configured kubeconfig; `signal` ends what is under way. The library costs a second to load,
 * so only when it is needed.
 */
export async function connect(config: Config, signal?: AbortSignal): Promise<KubernetesClient> {
  const library = await import('@kubernetes/client-node');
  const kubeConfig = await loadKubeConfig(library, config);
  const server = kubeConfig.getCurrentCluster()?.server ?? '';
  const { timeoutSeconds, pageSize } = config.kubernetes;
  const requests = calls(library, kubeConfig);
  const limits = { timeoutMs: timeoutSeconds * 1000, signal };
  const options = withLimits(library, limits);
  const metadataOnly = withLimits(library, limits, METADATA_ONLY);
  const versions = kubeConfig.makeApiClient(library.VersionApi);
  const custom = kubeConfig.makeApiClient(library.CustomObjectsApi);

  async function attempt<T>(operation: string, request: () => Promise<T>, retries = RETRIES): Promise<T> {
    try {
      return await pRetry(request, {
        retries,
        minTimeout: MIN_WAIT_MS,
        randomize: true,
        ...(signal && { signal }),
        shouldRetry: ({ error, retriesConsumed }) => isRetryable(error) && !(isTimeout(error) && retriesConsumed > 0),
      });
    } catch (error) {
      if (signal?.aborted) throw stopped(operation, error);
      throw translate(error, operation, server, timeoutSeconds);
    }
  }

  return {
    server,
    version: () => attempt('read version', async () => (await versions.getCode({}, options)).gitVersion),
    async resourceOf(apiVersion, kind) {
      const [group = '', version = ''] = apiVersion.split('/');
      const answer = await attempt(`read ${apiVersion}`, () =>
        custom.getAPIResources({ group, version }, options),
      ).catch((error: unknown) => {
        if (error instanceof ListError) return undefined;
        throw error;
      });
      const found = ApiResources.safeParse(answer).data?.resources.find(
        (resource) => resource.kind === kind && !resource.name.includes('/'),
      );
      return found && { group, version, plural: found.name, namespaced: found.namespaced };
    },
    async list(listed, namespace, from) {
      const page = { limit: pageSize, ...(from ? { _continue: from } : {}) };
      const resource = nameOf(listed);
      const answer = await attempt(`list ${resource}`, () => {
        if (typeof listed === 'string') return requests[listed](namespace)(page, options);
        const { whole, ...place } = listed;
        const parts = whole ? options : metadataOnly;
        return namespace === undefined
          ? custom.listClusterCustomObject({ ...place, ...page }, parts)
          : custom.listNamespacedCustomObject({ ...place, namespace, ...page }, parts);
      });
      const list = ListPage.safeParse(answer);
      if (!list.success) throw noApiAnswer(`list ${resource}`, server);
      return { items: list.data.items, next: list.data.metadata?._continue ?? list.data.metadata?.continue ?? '' };
    },
    async log({ pod, ...of }) {
      const read = () => requests.log({ name: pod, ...of }, options);
      try {
        return String(await attempt(`read the log of ${of.namespace}/${pod}`, read, LOG_RETRIES));
      } catch (error) {
        if (error instanceof ListError && error.failure === 'not-found') return undefined;
        throw error;
      }
    },
  };
}
