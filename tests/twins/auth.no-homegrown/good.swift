import CryptoKit
import Vapor

func digest(password: String) throws -> String {
    try Bcrypt.hash(password)
}

func etag(page: Data) -> String {
    Insecure.MD5.hash(data: page).description
}
