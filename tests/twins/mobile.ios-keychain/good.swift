import SwiftUI

final class SessionStore {
    private let defaults = UserDefaults.standard

    @AppStorage("darkMode") private var dark = false
    @AppStorage("tokenCount") private var tokenCount = 0

    func keep(_ answer: SignInAnswer) {
        let query: [String: Any] = [
            kSecClass as String: kSecClassGenericPassword,
            kSecAttrAccount as String: "auth_token",
            kSecAttrAccessible as String: kSecAttrAccessibleWhenUnlockedThisDeviceOnly,
            kSecValueData as String: Data(answer.token.utf8),
        ]
        SecItemDelete(query as CFDictionary)
        SecItemAdd(query as CFDictionary, nil)
        // UserDefaults.standard.set(answer.token, forKey: "auth_token") was here until 2.3
        defaults.set(answer.name, forKey: "displayName")
        defaults.set(true, forKey: "hasPassword")
        defaults.set(nil, forKey: "auth_token")
        defaults.set(Date(), forKey: "tokenExpiryDate")
    }

    func read() -> [String: String] {
        var fields = [String: String]()
        fields.updateValue("x", forKey: "token")
        return fields
    }
}
