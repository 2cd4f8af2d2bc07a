import { type CauseKind, CONSEQUENCE, FAULT, patternOf, ROOT } from './log-causes.js';

/** The line of a text that says why, and what kind of cause it is. */
export interface TextCause {
  kind: CauseKind;
  /** ROOT, FAULT, EXIT or CONSEQUENCE: the lower, the nearer to the root. */
  rank: number;
  /** Without time, level and stack, shortened. */
  line: string;
}

const LONGEST = 240;
const CAUSED_BY = /^\s*Caused by: (.+)$/;
const STACK = /^\s*(?:at [\w.$<>/]+\(|\.{3} \d+ more|File "|\^+\s*$)/;
const TRACEBACK = 'Traceback (most recent call last)';
const PYTHON_END = /^(?:[\w]+\.)*\w*(?:Error|Exception|Warning|Interrupt|Exit|Iteration|Failure|Timeout)(?::|$)/;
const JAVA_EXCEPTION = /(?:^|[\s:])(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error|Throwable)\b/;
/** `24/05/01 02:00:00 WARN TaskSetManager: `, `2024-05-01T02:00:00.123Z ERROR`, `[INFO] `. */
const PREFIX =
  /^\s*(?:\[?\d{2,4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?\s+)?(?:\[?(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)\]?[\s:]+(?:[\w$.]+:\s+)?)?/;
/** Spark's own words around the cause of a job's failure. */
const AROUND = /^.*most recent failure: (?:Lost task [^:]*: )?|^Job aborted due to stage failure: |^.*\bReason: /;

interface Candidate extends TextCause {
  /** Exceptions that belong together: the one that is logged, and what it is caused by. */
  chain: number;
  depth: number;
}

function cleaned(line: string): string {
  const bare = line.replace(CAUSED_BY, '$1').replace(PREFIX, '');
  return bare.replace(AROUND, '').trim().slice(0, LONGEST);
}

/** What a line says by itself. Of what was only noted on the way (INFO, WARN) roots alone count. */
function saying(line: string, inTraceback: boolean): Omit<TextCause, 'line'> | undefined {
  if (STACK.test(line)) return undefined;
  const level = PREFIX.exec(line)?.[1];
  const quiet = level !== undefined && !/ERROR|FATAL/.test(level);
  if (level === 'INFO' || level === 'DEBUG' || level === 'TRACE') return undefined;
  const known = patternOf(line);
  if (known && (!quiet || known.rank === ROOT)) return known;
  if (quiet) return undefined;
  if (inTraceback && PYTHON_END.test(line.trim())) return { kind: 'Python exception', rank: FAULT };
  if (CAUSED_BY.test(line) || JAVA_EXCEPTION.test(line)) return { kind: 'exception', rank: FAULT };
  return undefined;
}

/** Java wraps what Python raised, and Spark wraps both: of a wrapper the name says nothing. */
const WRAPPER =
  /PythonException|Py4JJavaError|SparkException|ExecutionException|InvocationTargetException|UndeclaredThrowable/;

function candidatesOf(text: string): Candidate[] {
  const found: Candidate[] = [];
  let chain = 0;
  let depth = 0;
  let inTraceback = false;
  // Of a fetch that failed, what it was caused by (a refused connection) is a consequence too, short of a root.
  let isFetch = false;
  for (const line of text.split('\n')) {
    const deeper = CAUSED_BY.test(line);
    const said = saying(line, inTraceback);
    if (deeper) depth++;
    else if (said && !inTraceback) {
      chain++;
      depth = 0;
      isFetch = said.kind === 'fetch failure';
    }
    const wraps = said?.kind === 'exception' && WRAPPER.test(line);
    if (said && !wraps) {
      const rank = isFetch && said.rank !== ROOT ? CONSEQUENCE : said.rank;
      found.push({ ...said, rank, line: cleaned(line), chain, depth });
    }
    if (line.includes(TRACEBACK)) inTraceback = true;
    else if (inTraceback && (said || /^\s+at /.test(line))) inTraceback = false;
  }
  return found;
}

/**
 * Why, by a log or the text of an exception: nearest to the root, then first, and of a chain of exceptions the
 * innermost. What comes later mostly follows from it. Undefined where no line says anything.
 */
export function causeOfText(text: string): TextCause | undefined {
  let best: Candidate | undefined;
  for (const each of candidatesOf(text)) {
    const nearer = !best || each.rank < best.rank;
    const inner = best && each.rank === best.rank && each.chain === best.chain && each.depth > best.depth;
    if (nearer || inner) best = each;
  }
  return best && { kind: best.kind, rank: best.rank, line: best.line };
}

/** Something that was said at some time, somewhere. */
export interface Statement {
  text: string;
  atMs: number;
  /** `executor 3`, `job 1`, `stage 4`. */
  where: string;
}

export interface FirstCause extends TextCause {
  statement: Statement;
}

/** The first cause over all that was said: nearest to the root, then earliest. */
export function firstCause(statements: readonly Statement[]): FirstCause | undefined {
  let best: FirstCause | undefined;
  for (const statement of [...statements].sort((a, b) => a.atMs - b.atMs)) {
    const cause = causeOfText(statement.text);
    if (cause && (!best || cause.rank < best.rank)) best = { ...cause, statement };
  }
  return best;
}
