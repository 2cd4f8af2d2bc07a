/** Ends of a name that differ from run to run, each with the separator before it. */
const RUN_SPECIFIC: readonly RegExp[] = [
  // uuid
  /[-_. ]+[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
  // 2021-05-20, 20210520, with a time of day and an offset or without; Airflow's run ids
  /[-_. ]+(?:(?:manual|scheduled|backfill)__)?(?:19|20)\d{2}[-_.]?[01]\d[-_.]?[0-3]\d(?:[-_.t ]*\d{2}[-:._]?\d{2}(?:[-:._]?\d{2}(?:[.,]\d+)?)?)?(?:z|[+-]\d{2}:?\d{2})?$/i,
  // epochs in s, ms, ns and counters of that length
  /[-_. ]+\d{8,}$/,
  // run-17, attempt-2
  /[-_. ]+(?:run|attempt|try)[-_. ]?#?\d+$/i,
  // a generated suffix: at least eight letters and digits that take turns
  /[-_. ]+(?=[a-z0-9]*\d[a-z]+\d)[a-z0-9]{8,}$/i,
];

/** Suffixes that Kubernetes generates have no vowels and none of 0, 1, 3 (k8s.io/apimachinery rand.String). */
const GENERATED = /^[bcdfghjklmnpqrstvwxz2456789]{5,10}$/;

function withoutRun(name: string): string {
  for (const pattern of RUN_SPECIFIC) {
    const shorter = name.replace(pattern, '').replace(/[-_. ]+$/, '');
    if (shorter !== '' && shorter !== name && pattern.test(name)) return shorter;
  }
  return name;
}

/**
 * The name of an application without its run-specific end (date, epoch, uuid, run number), so that the runs of one
 * job have the same name. `generateName` is the prefix that the API made the name from, where that is known.
 */
export function familyOf(name: string, generateName?: string): string {
  const prefix = generateName?.replace(/[-_. ]+$/, '');
  let family = prefix && name.startsWith(prefix) ? prefix : name;
  for (let shorter = withoutRun(family); shorter !== family; shorter = withoutRun(family)) family = shorter;
  return family;
}

/** Whether an application is one run of the schedule: its name, a dash, and a run-specific suffix. */
export function isRunOf(name: string, schedule: string): boolean {
  if (!name.startsWith(`${schedule}-`)) return false;
  return familyOf(name) === familyOf(schedule) || GENERATED.test(name.slice(schedule.length + 1));
}

/** The application's name in the names that Spark gives pods (`<name>-<16 hex>-exec-<n>`, `…-driver`); others stay. */
export function applicationOfPod(pod: string): string {
  return /^(.+?)(?:-[0-9a-f]{16})?-(?:exec-\d+|driver)$/.exec(pod)?.[1] ?? pod;
}
