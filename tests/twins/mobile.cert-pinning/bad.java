package com.example.shop.net;

import android.app.Application;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

public class Shop extends Application {
    private final TrustManager[] everybody = {
        new X509TrustManager() {
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {  // BAD
            }

            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        }
    };

    private final HostnameVerifier anyone = new HostnameVerifier() {
        @Override
        public boolean verify(String host, SSLSession session) {  // BAD
            return true;
        }
    };

    @Override
    public void onCreate() {
        HttpsURLConnection.setDefaultHostnameVerifier((host, session) -> true);  // BAD
    }
}
