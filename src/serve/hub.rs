//! Hands over what hubs say at our callbacks (WebSub §5.3, §7).

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::Body;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::Method;
use axum::http::Response;
use axum::http::StatusCode;

use crate::pipeline::Pipeline;
use crate::store::StoreError;

use super::response::text;

/// The header that a push is signed with.
const SIGNATURE: &str = "x-hub-signature";

/// Answers a hub. Whoever speaks at a callback that is not ours learns only that; whoever
/// pushes is not told whether the signature was right (WebSub §7.1.2).
pub(super) async fn answer(
    pipeline: &Pipeline,
    token: &str,
    request: Request,
) -> Result<Response<Body>, StoreError> {
    let unknown = || text(StatusCode::NOT_FOUND, "there is no such subscription\n");
    if *request.method() == Method::GET {
        let said = pipeline.verify_intent(token, request.uri().query().unwrap_or_default()).await?;
        return Ok(said.map_or_else(unknown, |it| text(StatusCode::OK, it)));
    }
    let signature = request.headers().get(SIGNATURE).and_then(|it| it.to_str().ok());
    let Some(mut push) = pipeline.push(token, signature).await? else { return Ok(unknown()) };
    let mut body = request.into_body();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        match frame {
            Ok(frame) => {
                if let Some(piece) = frame.data_ref() {
                    push.update(piece);
                }
            }
            Err(_) => return Ok(text(StatusCode::PAYLOAD_TOO_LARGE, "too large, or not whole\n")),
        }
    }
    pipeline.pushed(push).await?;
    Ok(text(StatusCode::OK, ""))
}
