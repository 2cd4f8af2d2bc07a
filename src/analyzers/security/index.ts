import type { Rule } from '../rule.js';
import { defaultServiceAccount } from './default-service-account.js';
import { hostAccess } from './host-access.js';
import { noNetworkPolicy } from './no-network-policy.js';
import { privileged } from './privileged.js';
import { rbacSparkExcess } from './rbac-spark-excess.js';
import { rbacWildcard } from './rbac-wildcard.js';
import { runAsRoot } from './run-as-root.js';
import { secretInConf } from './secret-in-conf.js';
import { secretInEnv } from './secret-in-env.js';
import { sparkAuthOff } from './spark-auth-off.js';
import { sparkEncryptionOff } from './spark-encryption-off.js';
import { unpinnedImage } from './unpinned-image.js';
import { securityVolumeUnencrypted } from './volume-unencrypted.js';
import { vulnerableImage } from './vulnerable-image.js';

export const SECURITY_RULES: readonly Rule[] = [
  defaultServiceAccount,
  hostAccess,
  noNetworkPolicy,
  privileged,
  rbacSparkExcess,
  rbacWildcard,
  runAsRoot,
  secretInConf,
  secretInEnv,
  sparkAuthOff,
  sparkEncryptionOff,
  unpinnedImage,
  securityVolumeUnencrypted,
  vulnerableImage,
];
