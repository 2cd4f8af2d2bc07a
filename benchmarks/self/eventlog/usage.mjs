/** Prints what this process has used so far, and `facts`, as one line of JSON. */
export function report(facts) {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stdout.write(
    `${JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssBytes: maxRSS * 1024, ...facts })}\n`,
  );
}
