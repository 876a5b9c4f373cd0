let apiKey = Bundle.main.object(forInfoDictionaryKey: "API_KEY") as? String
struct Remote { static let clientSecretKey: String = "client_secret_v2" }
