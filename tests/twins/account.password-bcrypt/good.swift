import CryptoKit
import Vapor

struct SignUp: Content { let mail: String; let password: String }

func enroll(req: Request) throws -> HTTPStatus {
    let form = try req.content.decode(SignUp.self)
    let sum = try Bcrypt.hash(form.password, cost: 12)
    Accounts.store(form.mail, sum)
    return .created
}

func etag(of page: Data) -> String {
    SHA256.hash(data: page).description
}
