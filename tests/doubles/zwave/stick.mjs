// A Z-Wave network in one process: mock locks on a mock stick, the real driver, and the real server in front of it.
//
//   node stick.mjs SERVER_PORT SIDE_PORT        prints READY when every lock was interviewed; ends with its input
//
// The side door shows what a lock itself holds, and makes faults:
//   GET /state/2    PUT /state/2 {"UserCode_userCode_1": "9999"}    GET /ack/2/off    GET /calls
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";

import { ZwavejsServer } from "@zwave-js/server";
import { MockController, MockNode } from "@zwave-js/testing";
import {
  createAndStartDriverWithMockPort,
  createDefaultMockControllerBehaviors,
  createDefaultMockNodeBehaviors,
} from "zwave-js/Testing";

const [serverPort, sidePort] = process.argv.slice(2).map(Number);
const SUPERVISION = { ccId: 0x6c, version: 1 };
const userCodes = (version, numUsers) => ({ ccId: 0x63, version, numUsers, supportedASCIIChars: "0123456789" });
const schedules = (version, week, year, daily) => ({
  ccId: 0x4e, version, numWeekDaySlots: week, numYearDaySlots: year, numDailyRepeatingSlots: daily,
});
const lock = (id, ...classes) => ({
  id,
  capabilities: {
    isListening: true, genericDeviceClass: 0x40, specificDeviceClass: 0x03, txDelay: 1,
    commandClasses: [
      { ccId: 0x72, version: 2 }, { ccId: 0x86, version: 3 },
      { ccId: 0x62, version: 4, supportedOperationTypes: [1], supportedDoorLockModes: [0, 255] },
      ...classes,
    ],
  },
});
const nodes = [
  lock(2, SUPERVISION, userCodes(2, 30), schedules(3, 7, 2, 2)),
  lock(3, userCodes(1, 10), schedules(1, 1, 0, 0)),
  // A lock that keeps no codes, as a switch would.
  lock(4, SUPERVISION),
  lock(5, SUPERVISION, userCodes(2, 30), schedules(3, 7, 2, 2)),
];

const cacheDir = fs.mkdtempSync(path.join(os.tmpdir(), "zwave-"));
const { driver, mockPort, serial, continueStartup } = await createAndStartDriverWithMockPort({
  storage: { cacheDir },
  emitValueUpdateAfterSetValue: true,
  testingHooks: { skipBootloaderCheck: true },
  logConfig: { enabled: false },
});
const controller = await MockController.create({ homeId: 0x7e570001, ownNodeId: 1, mockPort, serial });
controller.defineBehavior(...createDefaultMockControllerBehaviors());
const mocks = new Map();
for (const node of nodes) {
  const mock = await MockNode.create({ ...node, controller });
  controller.addNode(mock);
  mock.defineBehavior(...createDefaultMockNodeBehaviors());
  mocks.set(node.id, mock);
}
driver.on("error", (error) => console.error(error.message));
driver.once("driver ready", () => {
  new ZwavejsServer(driver, { port: serverPort, host: "127.0.0.1", enableDNSServiceDiscovery: false }).start(true);
});
driver.once("all nodes ready", () => console.log("READY"));
continueStartup();

http.createServer((request, response) => {
  const [, what, id, argument] = request.url.split("/");
  const mock = mocks.get(Number(id));
  if (!mock) {
    response.statusCode = 404;
    return response.end();
  }
  if (what === "ack") {
    mock.autoAckControllerFrames = argument === "on";
    return response.end("{}");
  }
  if (request.method !== "PUT") {
    return response.end(JSON.stringify(Object.fromEntries(mock.state)));
  }
  let body = "";
  request.on("data", (data) => { body += data; }).on("end", () => {
    for (const [key, value] of Object.entries(JSON.parse(body))) {
      if (value === null) mock.state.delete(key);
      else mock.state.set(key, value);
    }
    response.end("{}");
  });
}).listen(sidePort, "127.0.0.1");

const end = async () => {
  await driver.destroy().catch(() => {});
  fs.rmSync(cacheDir, { recursive: true, force: true });
  process.exit(0);
};
process.on("SIGTERM", end);
// Whoever started this is gone.
process.stdin.resume().on("end", end).on("error", end);
