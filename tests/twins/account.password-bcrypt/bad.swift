import CryptoKit
import Vapor

struct SignUp: Content { let mail: String; let password: String }

func enroll(req: Request) throws -> HTTPStatus {
    let form = try req.content.decode(SignUp.self)
    let sum = SHA256.hash(data: Data(form.password.utf8)) // BAD
    Accounts.store(form.mail, sum.description)
    return .created
}
