import CryptoJS from "crypto-js";

export function sealSession(session: Session, word: string): string {
  return CryptoJS.DES.encrypt(JSON.stringify(session), word).toString(); // BAD
}

export const hashPassword = (password: string): string => CryptoJS.MD5(password).toString(); // BAD
