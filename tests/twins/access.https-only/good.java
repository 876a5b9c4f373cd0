package shop;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;

class OwnCertificate implements X509TrustManager {
  private final X509TrustManager system;

  public void checkServerTrusted(X509Certificate[] chain, String kind) throws CertificateException {
    system.checkServerTrusted(chain, kind);
  }

  public X509Certificate[] getAcceptedIssuers() {
    return system.getAcceptedIssuers();
  }
}
