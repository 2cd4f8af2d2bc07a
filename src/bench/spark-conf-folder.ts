import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const DEFAULTS = 'spark-defaults.conf';

function lineOf([name, value]: [string, string]): string {
  // A settings file has one line per setting; a backslash begins an escape in it.
  return `${name} ${value.replaceAll('\\', '\\\\').replaceAll(/\r?\n/g, '\\n')}`;
}

function ownSettings(folder: string): string {
  const path = join(folder, DEFAULTS);
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd() : '';
}

/** Where the user's own settings lie, as Spark looks for them. */
function ownFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const folder = environment.SPARK_CONF_DIR ?? (environment.SPARK_HOME && join(environment.SPARK_HOME, 'conf'));
  return folder && existsSync(folder) ? folder : undefined;
}

/**
 * Makes a folder for SPARK_CONF_DIR: the user's own files, with the settings of the variant and an event log added behind
 * (the last one wins). So every way to start Spark gets them, and no command has to name them.
 */
export function writeSparkConf(
  folder: string,
  eventLogs: string,
  conf: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv,
): void {
  mkdirSync(folder, { recursive: true });
  mkdirSync(eventLogs, { recursive: true });
  const own = ownFolder(environment);
  if (own)
    for (const entry of readdirSync(own, { withFileTypes: true }))
      if (entry.isFile() && entry.name !== DEFAULTS) copyFileSync(join(own, entry.name), join(folder, entry.name));
  const settings: Record<string, string> = {
    ...conf,
    'spark.eventLog.enabled': 'true',
    'spark.eventLog.dir': pathToFileURL(eventLogs).href,
  };
  const lines = [own ? ownSettings(own) : '', ...Object.entries(settings).map(lineOf)].filter(Boolean);
  writeFileSync(join(folder, DEFAULTS), `${lines.join('\n')}\n`);
}
