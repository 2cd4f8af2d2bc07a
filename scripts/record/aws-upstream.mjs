// What the replay of AWS does not answer, made from the same data: a type is offered in a zone if its spot price was
// stated there within two days before the end; each spot machine came of a request that is fulfilled.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';

const PAGE = 1000;
const SAID_WITHIN_MS = 2 * 86_400_000;

function offeringsOf(spotFiles, untilMs) {
  const offered = new Set();
  for (const file of spotFiles)
    for (const line of gunzipSync(readFileSync(file)).toString().split('\n').slice(1)) {
      const [at, zone, type] = line.split(',');
      const ageMs = untilMs - Number(at) * 1000;
      if (type && ageMs >= 0 && ageMs < SAID_WITHIN_MS) offered.add(`${zone} ${type}`);
    }
  return [...offered].sort().map((pair) => {
    const [zone, type] = pair.split(' ');
    return `<item><instanceType>${type}</instanceType><locationType>availability-zone</locationType><location>${zone}</location></item>`;
  });
}

function requestsOf(ec2File) {
  if (!ec2File) return [];
  return JSON.parse(readFileSync(ec2File, 'utf8'))
    .reservationSet.map(({ instancesSet: [instance] }) => instance)
    .filter(({ instanceLifecycle }) => instanceLifecycle === 'spot')
    .map(
      ({ instanceId, instanceType, launchTime, placement }) =>
        `<item><spotInstanceRequestId>sir-${instanceId.slice(2)}</spotInstanceRequestId><state>active</state><status><code>fulfilled</code><updateTime>${launchTime}</updateTime></status><createTime>${launchTime}</createTime><instanceId>${instanceId}</instanceId><launchedAvailabilityZone>${placement.availabilityZone}</launchedAvailabilityZone><launchSpecification><instanceType>${instanceType}</instanceType></launchSpecification></item>`,
    );
}

/** @returns the URL of a server on loopback, and how to end it */
export async function startUpstream({ spotFiles, ec2File, untilMs }) {
  const sets = {
    DescribeInstanceTypeOfferings: ['instanceTypeOfferingSet', offeringsOf(spotFiles, untilMs)],
    DescribeSpotInstanceRequests: ['spotInstanceRequestSet', requestsOf(ec2File)],
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const fields = new URLSearchParams(Buffer.concat(chunks).toString());
    const action = fields.get('Action');
    const [set, items] = sets[action] ?? [];
    response.writeHead(set ? 200 : 400, { 'content-type': 'text/xml;charset=UTF-8' });
    if (!set) return response.end('<Response><Errors><Error><Code>InvalidAction</Code></Error></Errors></Response>');
    const from = Number(fields.get('NextToken') ?? 0);
    const next = from + PAGE < items.length ? String(from + PAGE) : '';
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${action}-${from}</requestId><${set}>${items.slice(from, from + PAGE).join('')}</${set}><nextToken>${next}</nextToken></${action}Response>`,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
