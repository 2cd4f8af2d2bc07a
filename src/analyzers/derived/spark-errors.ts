/** The cause at the bottom of an exception's text. */
export interface RootCause {
  /** `ValueError: cannot parse record 12346`. */
  text: string;
  stageId: number | undefined;
}

const LONGEST = 240;
const PYTHON_END = /^(?:[\w.]+\.)?\w*(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\b.*$/;
const CAUSED_BY = /^\s*Caused by: (.+)$/;
const RECENT = /most recent failure: (?:Lost task [^:]*: )?(.+)$/;

function last<T>(values: readonly T[]): T | undefined {
  return values[values.length - 1];
}

/** The last line of the last Python traceback; what comes after it is the JVM's way to say so. */
function pythonError(lines: readonly string[]): string | undefined {
  const start = lines.findLastIndex((line) => line.includes('Traceback (most recent call last)'));
  if (start < 0) return undefined;
  return lines.slice(start + 1).find((line) => !/^\s/.test(line) && PYTHON_END.test(line.trim()));
}

/**
 * The cause at the bottom of the chain, not its first or last line: of a Python traceback its end, of a chain of
 * Java exceptions the last "Caused by", else what Spark names as the most recent failure.
 */
export function rootCause(error: string): RootCause {
  const lines = error.split('\n');
  const stage = /(?:in stage|ResultStage|ShuffleMapStage) (\d+)/.exec(error);
  const causes = lines.flatMap((line) => CAUSED_BY.exec(line)?.[1] ?? []);
  const recent = lines.map((line) => RECENT.exec(line)?.[1]).find((text) => text !== undefined);
  const text = pythonError(lines) ?? last(causes) ?? recent ?? lines[0] ?? '';
  return { text: text.trim().slice(0, LONGEST), stageId: stage ? Number(stage[1]) : undefined };
}

/** Someone stopped the job (a stopped stream, a cancelled group), or the thread that waited for it: no failure. */
export function isCancelled(error: string | null): boolean {
  const [first = ''] = (error ?? '').split('\n');
  return (
    /SPARK_JOB_CANCELLED|\bcancell?ed\b|SparkContext was shut down|^java\.(?:lang\.Interrupted|nio\.channels\.ClosedByInterrupt)Exception/i.test(
      first,
    ) && !/stage failure/i.test(first)
  );
}

/** The driver ended, by whatever, while the job was open. */
export function isShutDown(error: string | null): boolean {
  const [first = ''] = (error ?? '').split('\n');
  return /SparkContext was shut down/i.test(first);
}
