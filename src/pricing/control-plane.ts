import type { Config } from '../config/schema.js';
import { anyNodeLabel } from '../store/node-usage.js';
import type { Db } from '../store/open.js';

/** USD per cluster and hour, standard support. Source: AWS, Amazon EKS pricing (extended support costs more). */
const EKS_USD_PER_HOUR = 0.1;
const EKS_LABEL = 'eks.amazonaws.com/';

export interface ControlPlane {
  usdPerHour: number;
  source: string;
}

/** What the cluster's control plane costs; undefined where nothing says that it is billed. */
export function controlPlaneOf(db: Db, config: Config): ControlPlane | undefined {
  const configured = config.cost.controlPlaneUsdPerHour;
  if (configured !== null)
    return configured > 0 ? { usdPerHour: configured, source: 'cost.controlPlaneUsdPerHour' } : undefined;
  return anyNodeLabel(db, EKS_LABEL)
    ? { usdPerHour: EKS_USD_PER_HOUR, source: 'EKS list price, standard support' }
    : undefined;
}
