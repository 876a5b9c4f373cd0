import CommonCrypto
import CryptoKit

func digest(password: String) -> String {
    let sum = Insecure.MD5.hash(data: Data(password.utf8)) // BAD
    return sum.map { String(format: "%02x", $0) }.joined()
}
