import bcrypt from "bcryptjs";
import CryptoJS from "crypto-js";

export const hashPassword = (password: string): Promise<string> => bcrypt.hash(password, 12);

export const etag = (page: string): string => CryptoJS.MD5(page).toString();
