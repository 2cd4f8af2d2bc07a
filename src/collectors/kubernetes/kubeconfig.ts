import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Config } from '../../config/schema.js';
import { messageOf, SourceError } from '../../model/errors.js';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const Kubeconfig = z.object({
  'current-context': z.string().optional(),
  contexts: z
    .array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), namespace: z.string().optional() }) }))
    .nullish(),
});

function defaultPath(): string {
  return join(homedir(), '.kube', 'config');
}

/** The kubeconfig files that are to be read; KUBECONFIG may name several. Empty: none is named and none is there. */
export function kubeconfigPaths(config: Config): string[] {
  const named = config.kubernetes.kubeconfig.split(delimiter).filter((path) => path !== '');
  if (named.length > 0) return named;
  return existsSync(defaultPath()) ? [defaultPath()] : [];
}

/** Whether this process runs in a pod with a service account. */
export function inCluster(): boolean {
  return Boolean(process.env.KUBERNETES_SERVICE_HOST) && existsSync(join(SERVICE_ACCOUNT, 'token'));
}

/** @throws SourceError that names the file. */
export function readKubeconfigFile(path: string): z.infer<typeof Kubeconfig> {
  const operation = 'read kubeconfig';
  if (!existsSync(path))
    throw new SourceError('kubernetes', operation, `${path}: no such file`, {
      hint: 'Set KUBECONFIG or kubernetes.kubeconfig to a kubeconfig file.',
    });
  try {
    return Kubeconfig.parse(parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const why =
      error instanceof z.ZodError ? 'no kubeconfig: contexts with a cluster each are expected' : messageOf(error);
    throw new SourceError('kubernetes', operation, `${path}: ${why}`, {
      hint: "Check the file with 'kubectl config view'.",
      cause: error,
    });
  }
}

interface CurrentContext {
  cluster: string | undefined;
  namespace: string | undefined;
}

function currentContext(config: Config): CurrentContext {
  const files = kubeconfigPaths(config)
    .filter((path) => existsSync(path))
    .map(readKubeconfigFile);
  const name = config.kubernetes.context || files.map((file) => file['current-context']).find((current) => current);
  const found = files.flatMap((file) => file.contexts ?? []).find((context) => context.name === name);
  return { cluster: found?.context.cluster, namespace: found?.context.namespace };
}

/** The name under which a cluster's data is kept: the configured one, else the kubeconfig's. Never throws. */
export function clusterNameOf(config: Config): string {
  if (config.cluster) return config.cluster;
  try {
    const { cluster } = currentContext(config);
    if (cluster) return cluster;
  } catch {
    // The collector says what is wrong with the file; here it only has no name.
  }
  return kubeconfigPaths(config).length === 0 && inCluster() ? 'in-cluster' : 'default';
}

/** The namespace that reading falls back to where all of them are not allowed. */
export function ownNamespace(config: Config): string | undefined {
  if (kubeconfigPaths(config).length > 0) return currentContext(config).namespace;
  const file = join(SERVICE_ACCOUNT, 'namespace');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}
