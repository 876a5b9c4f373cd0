.class public Lcom/example/shop/Main;
.super Landroid/app/Activity;

.field public static final PAYMENT_SALT:Ljava/lang/String; = "n4Qk7Zt1Vb9Xw3Rm"
.field public static final RETRIES:I = 0x3
.field static secretKey:Ljava/lang/String;

.method static constructor <clinit>()V
    .locals 1
    const-string v0, "hT6vKp2Lq9Zx4Bn8"
    sput-object v0, Lcom/example/shop/Main;->secretKey:Ljava/lang/String;
    return-void
.end method

.method public pay(Ljava/util/Map;)V
    .locals 2
    const-string v0, "stripe_key"
    const-string v1, "sk_live_51HqJfT2eZvKYlo2C9sVbX7wQmNpRtUyAdGhKjL"
    invoke-interface {p1, v0, v1}, Ljava/util/Map;->put(Ljava/lang/Object;Ljava/lang/Object;)Ljava/lang/Object;
    return-void
.end method

.method public seal()V
    .locals 3
    const-string v0, "hT6vKp2Lq9Zx4Bn8"
    invoke-virtual {v0}, Ljava/lang/String;->getBytes()[B
    move-result-object v0
    new-instance v1, Ljavax/crypto/spec/SecretKeySpec;
    const-string v2, "AES"
    invoke-direct {v1, v0, v2}, Ljavax/crypto/spec/SecretKeySpec;-><init>([BLjava/lang/String;)V
    return-void
.end method

.method public token()V
    .locals 1
    const-string v0, "a-very-short-signing-key"
    invoke-static {v0}, Lcom/auth0/jwt/algorithms/Algorithm;->HMAC256(Ljava/lang/String;)Lcom/auth0/jwt/algorithms/Algorithm;
    return-void
.end method

.method public call()V
    .locals 2
    const-string v0, "Authorization"
    const-string v1, "Basic c2hvcGFwcDpIdW50ZXIyLnhZ"
    const-string v0, "TLSv1"
    invoke-static {v0}, Ljavax/net/ssl/SSLContext;->getInstance(Ljava/lang/String;)Ljavax/net/ssl/SSLContext;
    const-string v0, "client_credentials"
    return-void
.end method
