enum Chat {
    static let apiSecretKey = "chat_secret_v2"
    static func token(_ session: Session) -> String { session.token }
}
