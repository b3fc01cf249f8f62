// Starts the replica set once and gives every service a user that reaches its own database and the people's keys alone,
// and the command for operations one that reaches, makes and drops all of them.
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

function give(name, password, roles) {
  const user = { pwd: password, roles };
  if (admin.getUser(name)) admin.updateUser(name, user);
  else admin.createUser({ user: name, ...user });
}

for (const [database, password] of Object.entries(JSON.parse(secret("mongo_passwords")))) {
  give(database, password, [{ role: "readWrite", db: database }]);
}
give("operations", secret("operations_mongo_password"), ["readWriteAnyDatabase", "dbAdminAnyDatabase"]);
