import SwiftUI

enum Keys {
    static let refreshToken = "refresh_token"
}

final class SessionStore {
    private let defaults = UserDefaults.standard
    private let shared = UserDefaults(suiteName: "group.com.example.shop")!

    @AppStorage("accessToken") private var kept = ""  // BAD

    func keep(_ answer: SignInAnswer, pin: String) {
        UserDefaults.standard.set(answer.token, forKey: "auth_token")  // BAD
        defaults.setValue(answer.refresh, forKey: Keys.refreshToken)  // BAD
        shared.set(answer.password, forKey: "user.password")  // BAD
        defaults.set(pin, forKey: "PIN")  // BAD
        defaults.set(true, forKey: "loggedIn")
    }

    func toKeychain(_ token: String) {
        let query: [String: Any] = [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrAccessible as String: kSecAttrAccessibleAlways,  // BAD
            kSecValueData as String: Data(token.utf8),
        ]
        SecItemAdd(query as CFDictionary, nil)
    }
}
