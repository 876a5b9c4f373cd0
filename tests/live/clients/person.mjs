// The person at the browser is the test: flows ask it to visit addresses, and say at the end what they saw.

import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const next = async () => JSON.parse((await lines.next()).value)
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n')

/** What became of an address: `location` when the pages led away, else `status` and `page`. */
export async function visit(url, more = {}) {
  say({ visit: String(url), ...more })
  return next()
}

/** What an act was refused with, told in a few words; what is not refused is a fault of the server. */
export async function refusal(act) {
  try {
    await act()
  } catch (error) {
    return { code: error.code, error: error.error, status: error.status, message: error.message, challenges: Array.isArray(error.cause) ? error.cause : undefined }
  }
  throw new Error('it was not refused')
}

export async function run(flows) {
  const flow = flows[process.argv[2]]
  if (!flow) throw new Error(`no flow is called ${process.argv[2]}`)
  const context = await next()
  say({ seen: await flow(context) })
  process.exit(0)
}
