import { Service } from "typedi";

@Service()
export class ResetService {
  private newCode(length = 8): string {
    let resetCode = "";
    while (resetCode.length < length) {
      resetCode += Math.floor(Math.random() * 10); // BAD
    }
    return resetCode;
  }
}
