import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Report } from '../model/report.js';
import { keptReports } from '../reports/destinations/folder.js';

const BASE = 'sparkfit-report';
const KEPT = 'kept';

/** Files of a report that are served, by extension. */
export const SERVED = ['html', 'json', 'md'] as const;
export type Served = (typeof SERVED)[number];

interface Cached {
  modifiedMs: number;
  report: Report;
}

/** The reports that `nightly` and `report` wrote into a folder. Files are written whole, so none is read by half. */
export class ReportFolder {
  private latestCache: Cached | undefined;

  constructor(private readonly folder: string) {}

  /** Text of the newest report, or of the kept one of that name; undefined if there is none. */
  read(extension: Served, kept?: string): string | undefined {
    if (kept !== undefined && !this.history().includes(kept)) return undefined;
    const path = kept === undefined ? this.path(extension) : join(this.folder, KEPT, kept, `${BASE}.${extension}`);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  /** Names of kept reports, newest first. */
  history(): string[] {
    const folder = join(this.folder, KEPT);
    return existsSync(folder) ? keptReports(folder) : [];
  }

  /** The newest report as a value; read again only when its file has changed. */
  latest(): Report | undefined {
    const path = this.path('json');
    if (!existsSync(path)) return undefined;
    const { mtimeMs } = statSync(path);
    if (this.latestCache?.modifiedMs !== mtimeMs)
      this.latestCache = { modifiedMs: mtimeMs, report: Report.parse(JSON.parse(readFileSync(path, 'utf8'))) };
    return this.latestCache.report;
  }

  private path(extension: Served): string {
    return join(this.folder, `${BASE}.${extension}`);
  }
}
