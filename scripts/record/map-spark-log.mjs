// Maps a recorded Spark event log onto a run of the recorded fleet: all times are shifted by one amount, executor ids,
// hosts and pod names become those of the run's pods, the application gets the run's name. Nothing else is touched:
// durations, bytes, records and plans are as Spark wrote them.

/** Executor n of the standalone log is executor n + 1 on Kubernetes, where ids begin with 1. */
const executorId = (id) => (/^\d+$/.test(id) ? String(Number(id) + 1) : id);

function mapValue(value, run) {
  if (Array.isArray(value)) return value.map((each) => mapValue(each, run));
  if (typeof value !== 'object' || value === null) return value;
  const id = typeof value['Executor ID'] === 'string' ? executorId(value['Executor ID']) : undefined;
  const host = id && (id === 'driver' ? run.driver.node : run.executors.get(id)?.node);
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => {
      if (name === 'Executor ID') return [name, id];
      if (name === 'Host' && host) return [name, host];
      if (name === 'Executor Info' && host) return [name, mapValue({ ...child, Host: host, 'Log Urls': {} }, run)];
      return [name, mapValue(child, run)];
    }),
  );
}

function mapEvent(event, run) {
  if (event.Event === 'SparkListenerApplicationStart') return { ...event, 'App Name': run.name };
  if (event.Event !== 'SparkListenerEnvironmentUpdate') return event;
  return {
    ...event,
    'Spark Properties': {
      ...event['Spark Properties'],
      'spark.app.name': run.name,
      'spark.master': 'k8s://https://kubernetes.default.svc:443',
      'spark.driver.host': run.driver.node,
      'spark.kubernetes.namespace': run.namespace,
      'spark.kubernetes.driver.pod.name': run.driver.pod,
      'spark.kubernetes.executor.podNamePrefix': [...run.executors.values()][0].pod.replace(/-exec-\d+$/, ''),
    },
  };
}

/**
 * @param text the log, one event a line
 * @param run { name, namespace, startMs, driver: {pod, node}, executors: Map(id → {pod, node}) }
 */
export function mapSparkLog(text, run) {
  const start = Number(/"Event":"SparkListenerApplicationStart".*?"Timestamp":(\d{13})/.exec(text)[1]);
  const shift = run.startMs - start;
  // Every 13-digit time of the log's own day; nothing else in an event has that form.
  const day = String(start).slice(0, 5);
  const shifted = text.replaceAll(new RegExp(`(?<=[:"])${day}\\d{8}(?=[,}"])`, 'g'), (time) =>
    String(Number(time) + shift),
  );
  return `${shifted
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.stringify(mapEvent(mapValue(JSON.parse(line), run), run)))
    .join('\n')}\n`;
}
