import { applicationIds, type StreamQuery, streamQueries } from '../../store/spark-runs.js';
import { defineArtifact } from '../rule.js';
import { type SparkFamily, sparkFamilies } from './spark-families.js';

/** A family that counts as a stream, with the queries of those of its runs whose event log was read. */
export interface StreamFamily {
  family: SparkFamily;
  runs: { appId: string; queries: StreamQuery[] }[];
}

export const streamFamilies = defineArtifact<StreamFamily[]>({
  id: 'stream-families',
  sources: ['kubernetes'],
  compute({ db, get }) {
    return get(sparkFamilies).map((family) => ({
      family,
      runs: applicationIds(db, family.workload.row.id)
        .map((appId) => ({ appId, queries: streamQueries(db, appId) }))
        .filter(({ queries }) => queries.length > 0),
    }));
  },
});
