package shop;

import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;

class AnyCertificate implements X509TrustManager {
  @Override
  public void checkClientTrusted(X509Certificate[] chain, String kind) {
    refuse(kind);
  }

  public void checkServerTrusted(X509Certificate[] chain, String kind) {} // BAD

  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
