require "net/http"

def rates
  http = Net::HTTP.new("rates.example.net", 443)
  http.use_ssl = true
  http.verify_mode = OpenSSL::SSL::VERIFY_NONE # BAD
  http.get("/v1")
end
