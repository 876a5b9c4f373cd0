import Vapor

func askReset(req: Request) throws -> HTTPStatus {
    let resetToken = [UInt8].random(count: 32).hex
    Mailer.send(resetToken)
    return .ok
}

func jitter() -> Double {
    drand48() * 0.3
}
