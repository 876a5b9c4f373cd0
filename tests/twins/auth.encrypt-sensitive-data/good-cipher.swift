import CryptoKit
import Foundation

func seal(key: SymmetricKey, text: Data) throws -> Data? {
    return try AES.GCM.seal(text, using: key).combined
}
