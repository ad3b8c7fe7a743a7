// A Z-Wave network in one process: mock locks on a mock stick, the real driver, and the real server in front of it.
//
//   node stick.mjs SERVER_PORT SIDE_PORT [sleeper] [keeps]      prints READY when every lock was interviewed; ends with its input
//
// `sleeper` adds node 9; with `keeps` the server is set to keep codes when it interviews a lock (queryAllUserCodes).
//
// The side door shows what a lock itself holds, and makes faults:
//   GET /state/2    PUT /state/2 {"UserCode_userCode_1": "9999"}
//   GET /ack/2/off       what is heard is done, and never confirmed
//   GET /silent/2/on     nothing is heard: no power, or out of reach; /silent/2/30 after so many commands more
//   GET /lose/2/UserGet/3  the next three commands whose names have this in them are lost on their way; without a number, one
//   GET /single/2/on     the lock counts its schedule slots as before, and has one of each kind for a user (node-zwave-js #5778)
//   GET /forget          the server ends, and starts again without what it knew of the locks, which live on
//   PUT /state/8 {"Clock_offset": 600}   seconds by which the clock of lock 8 is ahead
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";

import { TimeParametersCCGet, TimeParametersCCReport, TimeParametersCCSet } from "@zwave-js/cc/TimeParametersCC";
import { ZwavejsServer } from "@zwave-js/server";
import { Bytes } from "@zwave-js/shared";
import { MockController, MockNode } from "@zwave-js/testing";
import {
  createAndStartDriverWithMockPort,
  createDefaultMockControllerBehaviors,
  createDefaultMockNodeBehaviors,
} from "zwave-js/Testing";
import { Driver } from "zwave-js";

const [serverPort, sidePort] = process.argv.slice(2, 4).map(Number);
const SUPERVISION = { ccId: 0x6c, version: 1 };
const userCodes = (version, numUsers) => ({ ccId: 0x63, version, numUsers, supportedASCIIChars: "0123456789" });
const schedules = (version, week, year, daily) => ({
  ccId: 0x4e, version, numWeekDaySlots: week, numYearDaySlots: year, numDailyRepeatingSlots: daily,
});
// Users with names and PIN codes (UserCredentialType 1); a lock that keeps but a hash of a code never tells it.
const userCredentials = (users, names, hash) => ({
  ccId: 0x83, version: 1, numberOfSupportedUsers: users, maxUserNameLength: names,
  supportedCredentialTypes: new Map([[1, {
    numberOfCredentialSlots: users, minCredentialLength: 4, maxCredentialLength: 8, maxCredentialHashLength: hash,
    supportsCredentialLearn: false,
  }]]),
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
  // Locks of the User Credential command class, which have no user codes.
  lock(6, SUPERVISION, userCredentials(20, 16, 0), schedules(3, 7, 2, 2)),
  lock(7, SUPERVISION, userCredentials(3, 16, 20)),
  // A lock that tells its clock (Time Parameters), with more dates than most.
  lock(8, SUPERVISION, userCodes(2, 30), schedules(3, 7, 4, 2), { ccId: 0x8b, version: 1 }),
];
// A lock that sleeps, and wakes up now and then (Wake Up).
const sleeper = lock(9, SUPERVISION, userCodes(2, 5), { ccId: 0x84, version: 2 });
sleeper.capabilities.isListening = false;
const words = process.argv.slice(4);
if (words.includes("sleeper")) nodes.push(sleeper);
// A clock on the wall that runs by itself: a lock that is told no time zone shows the one of its server.
const clock = {
  handleCC(controller, self, command) {
    if (command instanceof TimeParametersCCSet) {
      self.state.set("Clock_offset", 0);
      return { action: "ok" };
    }
    if (!(command instanceof TimeParametersCCGet)) return;
    const shown = new Date(Date.now() + 1000 * (self.state.get("Clock_offset") ?? 0));
    const cc = new TimeParametersCCReport({ nodeId: controller.ownNodeId, dateAndTime: shown });
    cc.payload = Bytes.from([
      0, 0, shown.getMonth() + 1, shown.getDate(), shown.getHours(), shown.getMinutes(), shown.getSeconds(),
    ]);
    cc.payload.writeUInt16BE(shown.getFullYear(), 0);
    return { action: "sendCC", cc };
  },
};

// One slot for all: whichever is written is the first, and whichever is read has what the first has.
const single = (self, command) => {
  const { constructor: { name }, userId, slotId } = command;
  const kind = ["WeekDay", "YearDay", "DailyRepeating"].findIndex((one) => name.includes(`LockCC${one}Schedule`));
  if (kind < 0) return;
  const place = (slot) => `ScheduleEntryLock_schedule_${userId}_${slot}_${kind}`;
  if (name.endsWith("Get")) self.state.set(place(slotId), self.state.get(place(1)));
  else command.slotId = 1;
};

const cacheDirs = [];
const options = () => {
  const cacheDir = fs.mkdtempSync(path.join(os.tmpdir(), "zwave-"));
  cacheDirs.push(cacheDir);
  return {
    storage: { cacheDir },
    emitValueUpdateAfterSetValue: true,
    testingHooks: { skipBootloaderCheck: true },
    logConfig: { enabled: false },
    ...(words.includes("keeps") && { interview: { queryAllUserCodes: true } }),
  };
};
let { driver, mockPort, serial, continueStartup } = await createAndStartDriverWithMockPort(options());
const controller = await MockController.create({ homeId: 0x7e570001, ownNodeId: 1, mockPort, serial });
controller.defineBehavior(...createDefaultMockControllerBehaviors());
const mocks = new Map();
for (const node of nodes) {
  const mock = await MockNode.create({ ...node, controller });
  controller.addNode(mock);
  mock.defineBehavior(...createDefaultMockNodeBehaviors());
  mock.defineBehavior(clock);
  const faults = { silent: false, after: Infinity, lose: undefined, times: 0, single: false };
  mock.defineBehavior({
    handleCC(controller, self, command) {
      if (--faults.after < 0) {
        faults.silent = true;
        self.autoAckControllerFrames = false;
      }
      const isLost = faults.times > 0 && command.constructor.name.includes(faults.lose);
      if (isLost) faults.times -= 1;
      if (faults.silent || isLost) return { action: "stop" };
      if (faults.single) single(self, command);
    },
  });
  // The schedules of the mock ask the user codes how many users there are.
  const told = mock.getCCCapabilities.bind(mock);
  mock.getCCCapabilities = (ccId, endpoint) => {
    const users = ccId === 0x63 && told(0x83, endpoint)?.numberOfSupportedUsers;
    return users ? { numUsers: users } : told(ccId, endpoint);
  };
  mocks.set(node.id, { mock, faults });
}
let server;
const serve = () => new Promise((ready) => {
  driver.on("error", (error) => console.error(error.message));
  driver.once("driver ready", () => {
    server = new ZwavejsServer(driver, { port: serverPort, host: "127.0.0.1", enableDNSServiceDiscovery: false });
    server.start(true);
    driver.controller.nodes.get(sleeper.id)?.markAsAwake();
  });
  // The sleeper has nobody who wakes it up to the end of its interview.
  const isReady = () => nodes.every(({ id }) => id === sleeper.id || driver.controller.nodes.get(id)?.ready);
  const timer = setInterval(() => {
    if (!driver.ready || !isReady()) return;
    clearInterval(timer);
    ready();
  }, 50);
});
const served = serve();
continueStartup();
served.then(() => console.log("READY"));
const forget = async () => {
  await server.destroy();
  await driver.destroy();
  driver = new Driver(mockPort.factory(), options());
  const served = serve();
  await driver.start();
  await served;
};

http.createServer(async (request, response) => {
  const [, what, id, argument, times] = request.url.split("/");
  if (what === "forget") {
    await forget();
    return response.end("{}");
  }
  const { mock, faults } = mocks.get(Number(id)) ?? {};
  if (!mock) {
    response.statusCode = 404;
    return response.end();
  }
  if (what === "lose") {
    faults.lose = argument;
    faults.times = Number(times ?? 1);
    return response.end("{}");
  }
  if (what === "single") {
    faults.single = argument === "on";
    return response.end("{}");
  }
  if (what === "silent") {
    faults.silent = argument === "on";
    faults.after = Number(argument) || Infinity;
    mock.autoAckControllerFrames = !faults.silent;
    return response.end("{}");
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
      if (value?.credentialData) value.credentialData = Bytes.from(value.credentialData, "ascii");
      if (value === null) mock.state.delete(key);
      else mock.state.set(key, value);
    }
    response.end("{}");
  });
}).listen(sidePort, "127.0.0.1");

const end = async () => {
  await driver.destroy().catch(() => {});
  for (const cacheDir of cacheDirs) fs.rmSync(cacheDir, { recursive: true, force: true });
  process.exit(0);
};
process.on("SIGTERM", end);
// Whoever started this is gone.
process.stdin.resume().on("end", end).on("error", end);
