import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How one request is answered in place of its page. */
export type Fault =
  | { kind: 'error'; code: string; status: number }
  | { kind: 'html' }
  | { kind: 'cut' }
  | { kind: 'reset' }
  | { kind: 'silent' };

export interface AwsRequest {
  action: string;
  token: string | undefined;
  fields: Record<string, string>;
  /** Access key and region of the signature: `test us-east-1`. */
  signedFor: string;
}

export interface AwsServer {
  readonly url: string;
  readonly requests: AwsRequest[];
  /** The pages of an action: XML of the items, or entries of a price list. */
  readonly pages: Map<string, readonly string[]>;
  /** Answers the next request of an action, after `after` good ones, `count` times. */
  fail(action: string, fault: Fault, after?: number, count?: number): void;
  /** Forgets the faults that are still planned. */
  heal(): void;
  close(): Promise<void>;
}

interface Planned {
  action: string;
  fault: Fault;
  after: number;
  count: number;
}

const SETS: Record<string, string> = {
  DescribeSpotPriceHistory: 'spotPriceHistorySet',
  DescribeInstances: 'reservationSet',
  DescribeVolumes: 'volumeSet',
  DescribeInstanceTypes: 'instanceTypeSet',
  DescribeInstanceTypeOfferings: 'instanceTypeOfferingSet',
  DescribeSpotInstanceRequests: 'spotInstanceRequestSet',
};

async function requestOf(request: IncomingMessage): Promise<AwsRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks).toString();
  const target = request.headers['x-amz-target'];
  const [, key, region] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
  const signedFor = `${key} ${region}`;
  if (typeof target !== 'string') {
    const fields = Object.fromEntries(new URLSearchParams(body));
    return { action: fields.Action ?? '', token: fields.NextToken, fields, signedFor };
  }
  const json: Record<string, unknown> = JSON.parse(body);
  const filters = Array.isArray(json.Filters) ? json.Filters : [];
  const fields = Object.fromEntries(filters.map(({ Field, Value }) => [Field, Value]));
  const token = typeof json.NextToken === 'string' ? json.NextToken : undefined;
  return { action: target.split('.').at(-1) ?? '', token, fields, signedFor };
}

/** EC2 ends its lists with an empty token. */
function bodyFor({ action, token }: AwsRequest, pages: readonly string[]): string {
  const i = Number(token ?? 0);
  const page = pages[i] ?? '';
  const next = i + 1 < pages.length ? String(i + 1) : '';
  if (action === 'GetProducts')
    return JSON.stringify({ PriceList: page ? JSON.parse(page) : [], ...(next ? { NextToken: next } : {}) });
  const set = SETS[action] ?? 'set';
  return `<?xml version="1.0"?><${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><${set}>${page}</${set}><nextToken>${next}</nextToken></${action}Response>`;
}

function answerFault(fault: Fault, action: string, good: string, response: ServerResponse): void {
  if (fault.kind === 'silent') return;
  if (fault.kind === 'reset') {
    response.destroy();
    return;
  }
  const { status, text } = faultBody(fault, action, good);
  response.writeHead(status, { 'content-type': fault.kind === 'html' ? 'text/html' : 'text/xml' });
  response.end(text);
}

function faultBody(fault: Fault, action: string, good: string): { status: number; text: string } {
  if (fault.kind === 'html') return { status: 200, text: '<!doctype html><html><body>Sign in<br></body></html>' };
  if (fault.kind !== 'error') return { status: 200, text: good.slice(0, good.length >> 1) };
  const { code, status } = fault;
  if (action === 'GetProducts') return { status, text: JSON.stringify({ __type: code, message: 'told so' }) };
  return {
    status,
    text: `<Response><Errors><Error><Code>${code}</Code><Message>told so</Message></Error></Errors><RequestID>r</RequestID></Response>`,
  };
}

/** EC2's query protocol and the Price List API on loopback, for the real SDK. */
export async function startAws(): Promise<AwsServer> {
  const requests: AwsRequest[] = [];
  const pages = new Map<string, readonly string[]>();
  const planned: Planned[] = [];
  const nextFault = (action: string): Fault | undefined => {
    for (const plan of planned) {
      if (plan.action !== action || plan.count === 0) continue;
      if (plan.after-- > 0) return undefined;
      plan.count--;
      return plan.fault;
    }
    return undefined;
  };
  const server = createServer((incoming, response) => {
    void requestOf(incoming).then((request) => {
      requests.push(request);
      const good = bodyFor(request, pages.get(request.action) ?? []);
      const fault = nextFault(request.action);
      if (fault) return answerFault(fault, request.action, good, response);
      response.writeHead(200, {
        'content-type': request.action === 'GetProducts' ? 'application/x-amz-json-1.1' : 'text/xml',
      });
      response.end(good);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    pages,
    fail: (action, fault, after = 0, count = 1) => void planned.push({ action, fault, after, count }),
    heal: () => void planned.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface SpotItem {
  at: string;
  price: string;
  zone?: string;
  type?: string;
  product?: string;
}

export function spotXml({
  at,
  price,
  zone = 'us-east-1a',
  type = 'r5.xlarge',
  product = 'Linux/UNIX',
}: SpotItem): string {
  return `<item><instanceType>${type}</instanceType><productDescription>${product}</productDescription><spotPrice>${price}</spotPrice><timestamp>${at}</timestamp><availabilityZone>${zone}</availabilityZone><availabilityZoneId>use1-az6</availabilityZoneId></item>`;
}
