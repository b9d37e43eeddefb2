// What the pages that change data send (dashboard/uploads/routes.py), and how they wait for what comes of it.

import { _ } from "./language.js";

const POLL = 500; // milliseconds between questions about how far a task is
const HEADERS = { "X-Storesight-Upload": "1" };

/** @typedef {{ name: string, title: string, files: number, undo: boolean }} Added */
/**
 * @typedef {object} Upload
 * @property {string} stage
 * @property {string} message
 * @property {string} toml
 * @property {object} found
 * @property {string} data
 * @property {Added[]} [sets]
 */

/**
 * The state of a task when it has ended.
 * @param {Upload} upload
 * @param {string} ident of the upload
 * @param {(upload: Upload) => void} [told] is called with what is known meanwhile
 * @returns {Promise<any>}
 */
export async function ended(upload, ident, told = () => {}) {
  let last = upload;
  while (last.stage === "fetching" || last.stage === "reading" || last.stage === "loading") {
    told(last);
    await new Promise((next) => setTimeout(next, POLL));
    last = await state(ident);
  }
  return last.sets ? last : state(ident);
}

/**
 * @param {string} ident of an upload
 * @returns {Promise<Upload>}
 */
async function state(ident) {
  return (await checked(await fetch(`/uploads/${ident}`))).json();
}

/**
 * @param {string} address
 * @param {object} body
 */
export async function send(address, body) {
  return (await post(address, JSON.stringify(body), "application/json")).json();
}

/**
 * @param {string} address
 * @param {BodyInit} body
 * @param {string} type
 */
export async function post(address, body, type) {
  return checked(await fetch(address, { method: "POST", headers: { ...HEADERS, "Content-Type": type }, body }));
}

/** @param {Response} answer */
export async function checked(answer) {
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Error(told.error || _("The server refused it (status {status}).", { status: answer.status }));
}
