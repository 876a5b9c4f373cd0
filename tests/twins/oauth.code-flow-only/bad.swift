import Foundation

func begin(state: String) -> URL? {
    let address = "https://id.example.com/authorize?client_id=shop&response_type=token&state=\(state)" // BAD
    return URL(string: address)
}
