// Seam's API as its makers fake it, behind a door at which answers get lost on request. `cloud.mjs PORT BEHIND` serves
// keyplan at PORT and the fake at BEHIND, prints READY, and ends with its input. The state of the fake is at `/_fake/database`.
//
// `PUT /_faults [{"route": "/access_codes/create", "fault": "drop", "times": 1}]` makes calls of a route fail: `drop` loses
// the answer of what was done, `too-soon` refuses with 429, `broken` answers with what is no JSON, `out` is an outage, in
// which nothing is done, `gateway` answers 502 for what was done, `odd` refuses with a word for why that is none. The route `*` is every one; with `after`, so many calls go well first. `GET /_faults` tells how
// often each route was called. `PUT /_codes {"name": {…}}` changes fields of a code, whatever Seam would say to it.
import http from 'node:http';
import net from 'node:net';
import { createFake } from '@seamapi/fake-seam-connect';

// The fake listens everywhere; tests stay at home.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number' ? listen.call(this, { port, host: '127.0.0.1' }, ...rest) : listen.call(this, port, ...rest);
};

const [front, behind] = process.argv.slice(2, 4).map(Number);
const fake = await createFake();
await fake.seed();
await fake.startServer({ port: behind });

let faults = [];
const calls = {};

async function body(message) {
  const parts = [];
  for await (const part of message) parts.push(part);
  return Buffer.concat(parts);
}

const server = http.createServer(async (request, response) => {
  const sent = await body(request);
  if (request.url === '/_faults') {
    if (request.method === 'PUT') faults = JSON.parse(sent.toString());
    response.end(JSON.stringify(calls));
    return;
  }
  if (request.url === '/_codes') {
    for (const [name, fields] of Object.entries(JSON.parse(sent.toString()))) {
      const codes = fake.database.access_codes.map((code) => (code.name === name ? { ...code, ...fields } : code));
      fake.database.setState({ access_codes: codes });
    }
    response.end('{}');
    return;
  }
  calls[request.url] = (calls[request.url] ?? 0) + 1;
  let fault = faults.find((one) => (one.route === request.url || one.route === '*') && one.times > 0);
  if (fault?.after > 0) {
    fault.after -= 1;
    fault = undefined;
  }
  if (fault) fault.times -= 1;
  if (fault?.fault === 'out') {
    response.writeHead(503);
    response.end();
    return;
  }
  if (fault?.fault === 'too-soon') {
    response.writeHead(429, { 'retry-after': '0' });
    response.end('{"error":{"type":"too_many_requests"}}');
    return;
  }
  if (fault?.fault === 'odd') {
    response.writeHead(400);
    response.end('{"error":{"type":"code 48217 \\u001b[2J is taken"}}');
    return;
  }
  const headers = { ...request.headers, host: `127.0.0.1:${behind}` };
  const onward = http.request({ host: '127.0.0.1', port: behind, path: request.url, method: request.method, headers });
  onward.on('error', () => request.socket.destroy());
  onward.on('response', async (answer) => {
    const told = await body(answer);
    if (fault?.fault === 'drop') {
      request.socket.destroy();
    } else if (fault?.fault === 'gateway') {
      response.writeHead(502);
      response.end('<html>');
    } else if (fault?.fault === 'broken') {
      response.end('<html>');
    } else {
      delete answer.headers['transfer-encoding'];
      response.writeHead(answer.statusCode, { ...answer.headers, 'content-length': told.length });
      response.end(told);
    }
  });
  onward.end(sent);
});
server.listen(front, () => console.log('READY'));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
