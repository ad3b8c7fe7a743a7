// A Matter lock, as the makers of matter.js wrote it, in a network namespace of its own: `lock.mjs STORAGE [clock]`, with the
// second word as a lock that tells what its clock shows. At port 8080 it tells its memory (`GET /`), codes as they are, and
// can be damaged: `POST /` with {"forget": user}, with {"pin": {"index": n, "digits": "…"}} as if another system of the house had
// set it, with a {"guest": {"index": n, "digits": "…"}} of that system, with {"unpin": user}, who loses the code, with
// {"hours": {"user": n, "userType": t, "weekDays": […]}} in place of those that the user had, with {"clock": seconds},
// by which it is ahead, or null for none, with {"reset": true}, or with {"exit": true}.
import http from 'node:http';
import { Environment, ServerNode, VendorId } from '@matter/main';
import { TimeSynchronizationServer } from '@matter/main/behaviors/time-synchronization';
import { DoorLockServer } from '@matter/main/behaviors/door-lock';
import { DoorLock } from '@matter/main/clusters/door-lock';
import { DoorLockDevice } from '@matter/main/devices/door-lock';
import '@matter/nodejs';

Environment.default.vars.set('storage.path', process.argv[2]);
Environment.default.vars.set('log.level', 'error');

// With {"dislike": true} it takes no code any more, as one that finds them too easy.
let dislikes = false;
class Lock extends DoorLockServer.with(
  'PinCredential',
  'CredentialOverTheAirAccess',
  'User',
  'WeekDayAccessSchedules',
  'YearDayAccessSchedules',
) {
  setCredential(request) {
    if (!dislikes) return super.setCredential(request);
    return { status: 0x85, userIndex: null, nextCredentialIndex: null };
  }
}
const tellsTime = process.argv[3] === 'clock';
const time = () => BigInt(Date.now()) * 1000n;
const node = await ServerNode.create(tellsTime ? ServerNode.RootEndpoint.with(TimeSynchronizationServer) : ServerNode.RootEndpoint, {
  id: 'lock',
  ...(tellsTime && { timeSynchronization: { utcTime: time(), granularity: 4 } }),
  network: { port: 5540, ble: false },
  commissioning: { passcode: 20202021, discriminator: 3840 },
  basicInformation: {
    vendorName: 'test',
    vendorId: VendorId(0xfff1),
    productName: 'lock',
    productId: 0x8000,
    serialNumber: '1',
    uniqueId: '1',
  },
});
const door = await node.add(DoorLockDevice.with(Lock), {
  id: 'door',
  doorLock: {
    lockState: DoorLock.LockState.Locked,
    lockType: DoorLock.LockType.DeadBolt,
    actuatorEnabled: true,
    operatingMode: DoorLock.OperatingMode.Normal,
    supportedOperatingModes: { vacation: true, privacy: true, passage: true, alwaysSet: 2047 },
    numberOfTotalUsersSupported: 10,
    numberOfPinUsersSupported: 10,
    minPinCodeLength: 4,
    maxPinCodeLength: 8,
    credentialRulesSupport: { single: true },
    numberOfCredentialsSupportedPerUser: 5,
    numberOfWeekDaySchedulesSupportedPerUser: 7,
    numberOfYearDaySchedulesSupportedPerUser: 2,
    wrongCodeEntryLimit: 5,
    userCodeTemporaryDisableTime: 10,
    requirePinForRemoteOperation: true,
  },
});
await node.start();

const digits = (lock, credential) => Buffer.from(lock.auth.decrypt(credential.credentialData)).toString();

http
  .createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const order = parts.length ? JSON.parse(Buffer.concat(parts).toString()) : {};
    if (order.exit) process.exit();
    if ('dislike' in order) dislikes = order.dislike;
    if ('clock' in order) {
      const utcTime = order.clock === null ? null : time() + BigInt(order.clock) * 1000000n;
      await node.set({ timeSynchronization: { utcTime } });
    }
    const told = await door.act((agent) => {
      const lock = agent.get(Lock);
      if (order.forget) {
        const user = lock.auth.findUser(order.forget);
        for (const one of user.credentials) lock.auth.removeCredential(one.credentialType, one.credentialIndex);
        lock.auth.removeUser(order.forget);
        for (const list of ['weekDaySchedules', 'yearDaySchedules'])
          lock.state[list] = lock.state[list].filter((one) => one.userIndex !== order.forget);
      }
      if (order.pin) {
        const data = Uint8Array.from(Buffer.from(order.pin.digits));
        lock.auth.updateCredentialData(1, order.pin.index, data, 2);
      }
      if (order.unpin) {
        const user = lock.auth.findUser(order.unpin);
        for (const one of user.credentials) lock.auth.removeCredential(one.credentialType, one.credentialIndex);
        lock.auth.replaceUser(order.unpin, { ...user, credentials: [] });
      }
      if (order.guest) {
        const { index, digits } = order.guest;
        lock.auth.addCredential(1, index, Uint8Array.from(Buffer.from(digits)), 2);
        lock.auth.addUser({
          userIndex: index,
          userName: 'guest',
          userUniqueId: null,
          userStatus: 1,
          userType: 0,
          credentialRule: 0,
          credentials: [{ credentialType: 1, credentialIndex: index }],
          creatorFabricIndex: 2,
          lastModifiedFabricIndex: 2,
        });
      }
      if (order.hours) {
        const { user, userType, weekDays } = order.hours;
        lock.auth.replaceUser(user, { ...lock.auth.findUser(user), userType });
        const others = lock.state.weekDaySchedules.filter((one) => one.userIndex !== user);
        lock.state.weekDaySchedules = [...others, ...weekDays.map((one) => ({ ...one, userIndex: user }))];
      }
      if (order.reset) {
        for (const list of ['users', 'credentials', 'weekDaySchedules', 'yearDaySchedules']) lock.state[list] = [];
      }
      return {
        users: lock.auth.users.map(({ userIndex, userName, userUniqueId, userStatus, userType, credentials }) => ({
          userIndex,
          userName,
          userUniqueId,
          userStatus,
          userType,
          credentials: credentials.map((one) => one.credentialIndex),
        })),
        codes: lock.auth.credentials.map((one) => ({ index: one.credentialIndex, digits: digits(lock, one) })),
        weekDays: lock.state.weekDaySchedules.map((one) => ({ ...one })),
        yearDays: lock.state.yearDaySchedules.map((one) => ({ ...one })),
      };
    });
    response.end(JSON.stringify(told));
  })
  .listen(8080, () => console.log('READY'));
