// Starts the replica set once and gives every service a user that reaches its own database and the people's keys alone.
// Run again, it changes nothing but passwords.
const fs = require("fs");
const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, "utf8").trim();

const root = encodeURIComponent(secret("mongo_root_password"));

let admin;
for (let tries = 1; !admin; tries++) {
  try {
    admin = new Mongo(`mongodb://root:${root}@mongo:27017/?directConnection=true`).getDB("admin");
    admin.adminCommand({ ping: 1 });
  } catch (error) {
    // A new database first runs for itself alone, and is started again.
    admin = undefined;
    if (tries === 60) throw error;
    sleep(1000);
  }
}

try {
  admin.adminCommand({ replSetInitiate: { _id: "pacewell", members: [{ _id: 0, host: "mongo:27017" }] } });
} catch (error) {
  if (error.codeName !== "AlreadyInitialized") throw error;
}
for (let tries = 0; !admin.hello().isWritablePrimary; tries++) {
  if (tries === 60) throw new Error("no primary after 60 s");
  sleep(1000);
}

for (const [database, password] of Object.entries(JSON.parse(secret("mongo_passwords")))) {
  const user = { pwd: password, roles: [{ role: "readWrite", db: database }] };
  if (admin.getUser(database)) admin.updateUser(database, user);
  else admin.createUser({ user: database, ...user });
}
