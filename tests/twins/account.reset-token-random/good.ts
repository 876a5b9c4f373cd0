import { randomInt } from "node:crypto";
import { Service } from "typedi";

@Service()
export class ResetService {
  newCode(): string {
    const resetCode = randomInt(0, 100_000_000).toString().padStart(8, "0");
    return resetCode;
  }

  pause(attempt: number): number {
    return attempt * 100 + Math.random() * 50;
  }
}
